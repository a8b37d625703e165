"""What viewers really get: join time and freezes as their browsers saw them, as metrics."""
