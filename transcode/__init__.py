"""Media jobs: the pipe that carries encoded frames between a media worker and a job, and the runner of the jobs.

Published: ``transcode.media_pipe`` (both ends of the pipe), ``transcode.job`` (what a job is) and ``transcode.client``
(start, stop and ask about jobs on whichever transcode node has room). A job is a child process from a preloaded fork
server; it never shares an event loop with anything, and it dies with its runner.
"""
