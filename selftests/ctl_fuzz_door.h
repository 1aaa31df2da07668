/* SPDX-License-Identifier: GPL-2.0 */
/* What ctl_fuzz_door.c calls again and again: main() of daemon/oomkctl.c. */
#ifndef OOMK_SELFTESTS_CTL_FUZZ_DOOR_H
#define OOMK_SELFTESTS_CTL_FUZZ_DOOR_H

int oomkctl_main(int argc, char **argv);

#endif /* OOMK_SELFTESTS_CTL_FUZZ_DOOR_H */
