"""A plan at work: journeys, checks, backups, reports, and ways back."""
