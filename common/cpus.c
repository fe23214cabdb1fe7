#include "common/cpus.h"

#include <sched.h>
#include <stdio.h>

/* CPUs that "QUOTA PERIOD" of cpu.max grants; 0 where there is no limit or no such file. */
static int cgroup_quota(void)
{
    FILE *file = fopen("/sys/fs/cgroup/cpu.max", "r");
    long long quota, period;

    if (!file)
        return 0;
    int got = fscanf(file, "%lld %lld", &quota, &period);
    fclose(file);
    return got == 2 && period > 0 ? (int)((quota + period - 1) / period) : 0;
}

int cpus_granted(void)
{
    cpu_set_t set;
    int cpus = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    int quota = cgroup_quota();

    return quota > 0 && quota < cpus ? quota : cpus;
}
