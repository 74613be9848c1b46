"""A permission service for one machine: `make run` has one to ask. Its rules are a file; a real
one has users, roles that it knows itself, and a store."""
