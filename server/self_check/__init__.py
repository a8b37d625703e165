"""What is wrong with this machine's network settings, said at start and by ``make doctor``: see docs/networking.md."""
