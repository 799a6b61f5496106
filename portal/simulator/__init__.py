"""A small Meta: a separate program that answers like the Graph API, so that all can be tried without Meta."""
