"""The customer's view of its own move."""
