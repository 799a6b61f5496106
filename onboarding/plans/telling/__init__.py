"""What is decided for a plan, and what its customer is told."""
