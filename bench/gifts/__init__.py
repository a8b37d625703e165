"""``make bench-gifts``: gifts a second, how late and at what cost; beside what one would write without thinking."""
