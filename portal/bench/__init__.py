"""`manage.py bench`: each promise that is a number, beside something measured in the same run."""
