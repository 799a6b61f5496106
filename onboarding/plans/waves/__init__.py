"""Schedules of waves: the planner's question and answer, what-ifs, and what comes of them."""
