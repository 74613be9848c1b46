"""What is measured, one kind of figure a file. Each is a function of the services and the options
that yields lines; `bench.__main__` says which figures it gives."""
