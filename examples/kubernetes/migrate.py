"""Stands for a migration."""

print("migrated", flush=True)
