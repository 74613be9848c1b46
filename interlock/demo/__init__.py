"""The demonstration: sample responses, the states they should reach, and how they are shown."""
