/* cpus: how many CPUs this process may use. */
#pragma once

/* The least of its affinity and the quota of its cgroup (cpu.max, version 2), rounded up; at least 1. */
int cpus_granted(void);
