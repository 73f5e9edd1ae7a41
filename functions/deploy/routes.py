"""What whoever deploys has done. No client reaches any of it."""

from contrail.shapes.rows import Table, Task

TABLE = Table(service="deploy", tasks=(Task("prepare", "preparing:prepare"),))
