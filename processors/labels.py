"""What stages tell each other about an action in its `labels`."""

CONFIDENCE_ASSUMED = "confidence:assumed"
"""Nobody said how sure the model is: the confidence is its format's default, and lets nothing
run."""
FORMAT = "format:"
"""Followed by the name of the provider or the family whose call it was."""
RESUMED = "resumed"
"""It was halted without a trace; a person supplied one."""
PII = "pii:"
SECRET = "secret:"
TAG = "tag:"
"""What parameters hold: always as `processors.sensitive` finds it, whatever an action came with.
After `tag:` stands the catalog's own word (`sensitive_parameters`)."""
UNTRUSTED = "untrusted"
"""Parameters come from a text that nobody vouches for; `untrusted:/name` says which. Once there, it
stays."""
