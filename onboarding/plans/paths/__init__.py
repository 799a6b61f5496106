"""What each path of a plan has of its own: its checks, its facts, its rules."""
