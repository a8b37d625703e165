"""What a caller of the job runner may have done wrong.

Refusal
+-- Malformed
|   +-- UnknownJobKind      422 unknown-job-kind     no function is registered under this name
+-- NotFound
|   +-- UnknownJob          404 unknown-job          never started here, or ended too long ago
+-- Conflict
|   +-- JobIsOver           409 job-is-over          it can take no message any more
+-- Unavailable
    +-- NoRoomForJob        503 no-room-for-job      this node runs as many as it may, or is too busy
    +-- NoTranscodeNode     503 no-transcode-node    no node is alive, or none has room
"""

from foundation.errors import Conflict, Malformed, NotFound, Unavailable


class UnknownJobKind(Malformed):
    code, title = "unknown-job-kind", "There is no such kind of job"


class UnknownJob(NotFound):
    code, title = "unknown-job", "There is no such job"


class JobIsOver(Conflict):
    code, title = "job-is-over", "The job has ended"


class NoRoomForJob(Unavailable):
    code, title = "no-room-for-job", "This node runs as many jobs as it may"


class NoTranscodeNode(Unavailable):
    code, title = "no-transcode-node", "No transcode node can take the job"
