"""What the API answers, as Pydantic models: they check what leaves and write the OpenAPI document."""
