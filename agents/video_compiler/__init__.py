"""Renders one clip of an edit plan, and nothing that the plan does not say."""
