"""What is asked before a customer moves, and what the answers mean."""
