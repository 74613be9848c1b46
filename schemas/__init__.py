"""What crosses a process boundary: events, identities, states, faults and their encodings.

Nothing here does I/O, and nothing here imports another package of ours.
"""
