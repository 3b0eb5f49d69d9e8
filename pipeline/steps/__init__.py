"""One thin adapter per stage: rows and objects in, an agent's request, rows and objects out.

An adapter is a module with ``run(context) -> Outcome``; ``pipeline.step_registry`` finds it by the stage's name.
"""
