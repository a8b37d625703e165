"""What a battle costs: our mixer's job beside FFmpeg and GStreamer doing the same to the same two clips."""
