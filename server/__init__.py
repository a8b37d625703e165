"""The composition root: settings, the supervisor and the entry point of each process. Nobody imports it."""
