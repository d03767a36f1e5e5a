"""Stands for an import."""

print("imported", flush=True)
