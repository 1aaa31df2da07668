#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What somebody without privilege sees of others, and does to them. What each
# scene shows is told in Documentation/admin-guide/oomk-security.rst.
#
# usage: secure_scenes.sh [quiet | deadly | SCENE...]

# shellcheck source=selftests/scene.sh
. "${0%/*}/scene.sh"

MIB=256	# pages

# Scenes in which nobody dies. What settled looks for is not at stake.
over() {
	end
}

# Splitting up multiplies what one is worth up to the cap, and no further; the
# owner of the machine says how far that is.
split() {
	begin none
	start crowd ready su alice -c 'exec forktree --width 9 --size 256K --list'
	root=$pid
	start whole ready su bob -c 'exec idle --size 3M'
	bob=$pid
	look
	check "$scene: ten count as ten" item_is "$root" price $((100 * 64))
	start more ready su alice -c 'exec forktree --width 29 --size 256K --list'
	look
	check "$scene: forty count as ten" item_is "$root" price $((25 * 64))
	check "$scene: bob is who he was" item_is "$bob" price $((100 * 64))
	policy user_utility_max=100
	look
	check "$scene: with a cap of one they count as one" \
		item_is "$root" price $((100 * 64 / 40))
	check "$scene: and so does he" item_is "$bob" price $((100 * 64))
	over
}

# In a namespace of her own she has many ids, and remains one person.
inside() {
	begin none
	chmod 755 "$dir"
	mkfifo -m 666 "$dir/go"
	start alice ready su alice -c 'exec idle --size 1M'
	alice=$pid
	start insider ready su alice -c "exec secure_subid stay 5 <>$dir/go"
	# As newuidmap would.
	echo '0 100000 1000' >"/proc/$pid/uid_map"
	echo >"$dir/go"
	wait_for "$PATIENCE" grep -q inside "$dir/insider" ||
		cat "$dir/insider"
	policy user_utility_max=100
	look
	check "$scene: she has another uid there" item_is "$pid" uid 100005
	check "$scene: and one cap with herself outside" \
		item_is "$pid" price $((50 * 64))
	check "$scene: which both share" item_is "$alice" price $((50 * 64))
	over
}

# Whoever has ids of his own to give is a person for each of them.
subids() {
	begin none
	mkdir -m 1777 "$dir/sub"
	chmod 755 "$dir"
	mkfifo -m 666 "$dir/go"
	start maker ready su alice -c \
		"exec secure_subid make $dir/sub/be 5 <>$dir/go"
	# As newuidmap would.
	echo '0 100000 1000' >"/proc/$pid/uid_map"
	echo >"$dir/go"
	wait_for "$PATIENCE" [ -u "$dir/sub/be" ] || cat "$dir/maker"
	start alice ready su alice -c 'exec idle --size 1M'
	alice=$pid
	start other ready su alice -c "exec $dir/sub/be be"
	look
	check "$scene: a set-uid file of hers makes another uid" \
		item_is "$pid" uid 100005
	policy user_utility_max=100
	look
	check "$scene: with a cap of its own" item_is "$pid" price $((100 * 64))
	check "$scene: beside hers" item_is "$alice" price $((100 * 64))
	over
}

# Many who map one segment claim it each; that makes nobody else light.
light_of_others() {
	begin none
	start pool ready su alice -c 'exec cycle_pool 12 40'
	start shared full su bob -c 'exec hog --shared --size 80M --hold'
	look
	check "$scene: half of bob's shared memory counts, or more" \
		[ "$(item "$pid" pages)" -ge $((40 * MIB)) ]
	check "$scene: of hers, what there is of it" \
		[ "$(awk '$10 == 1000 { n += $6 } END { print n }' \
			"$dir/items")" -le $((100 * MIB)) ]
	over
}

# What nobody maps is nobody's, though it is there for as long as a file is open.
unmapped() {
	local shmem

	begin none
	shmem=$(meminfo Shmem)
	start hoard ready su alice -c 'exec 5>/dev/shm/hoard && rm /dev/shm/hoard &&
		dd if=/dev/zero bs=1M count=100 >&5 2>/dev/null &&
		echo ready && exec sleep 3600'
	look
	check "$scene: 100 MiB are in use" \
		[ $(($(meminfo Shmem) - shmem)) -ge 95 ]
	check "$scene: and do not count" [ "$(item "$pid" pages)" -le $((4 * MIB)) ]
	over
}

# What the safety net writes tells everybody what the owner of the machine
# thinks of a task; but not if it is off.
net_tells() {
	local adj

	begin oomkd
	start secret ready su bob -c 'exec idle --size 1M'
	oomkctl set-utility "$pid" 731
	wait_for "$PATIENCE" not grep -qx 0 "/proc/$pid/oom_score_adj"
	adj=$(su alice -c "cat /proc/$pid/oom_score_adj")
	echo "# oom_score_adj $adj"
	check "$scene: it gives the utility away" \
		[ $((100 + (-adj * 900 + 998) / 999)) = 731 ]
	check "$scene: which the family does not" \
		not su alice -c "oomkctl get-utility $pid"
	policy safety_net=off
	check "$scene: off, it tells nothing" wait_for "$PATIENCE" \
		su alice -c "grep -qx 0 /proc/$pid/oom_score_adj"
	over
}

# What the executor keeps is root's alone, and so is the executor.
executors_own() {
	begin oomkd
	start mine ready su alice -c 'exec idle --size 1M'
	oomkctl set-utility "$pid" 731
	wait_for "$PATIENCE" not grep -qx 0 "/proc/$pid/oom_score_adj"
	check "$scene: there is a record" [ -s /run/oomk/members ]
	check "$scene: its directory is closed" not su alice -c 'ls /run/oomk'
	check "$scene: and what is in it" \
		not su alice -c 'head -c 1 /run/oomk/members'
	check "$scene: no signal reaches it" \
		not su alice -c "kill -TERM $executor"
	check "$scene: nor a look at its memory" \
		not su alice -c "head -c 1 /proc/$executor/environ"
	stop_executor
	rm -r /run/oomk
	mkdir "$dir/trap"
	chown alice "$dir/trap"
	ln -s "$dir/trap" /run/oomk
	check "$scene: it follows no link" not oomkd
	check "$scene: and leaves nothing there" [ -z "$(ls "$dir/trap")" ]
	rm /run/oomk
	mkdir /run/oomk
	chown alice /run/oomk
	check "$scene: nor does it work in another's directory" not oomkd
	rm -r /run/oomk
	over
}

# A name with a line of ours in it stays one name.
forged_line() {
	open_scene
	policy grace_ms=0
	innocent 40M
	NAME=$(printf 'x\noomk: cycle 9')
	export NAME
	start victim ready su alice -c 'exec idle --size 220M --name "$NAME"'
	victim=$pid
	squeeze 80
	check "$scene: it dies" die "$victim"
	ended 1
	check "$scene: named on one line" \
		said "victim pid $victim (x.noomk: cycle 9), "
	check "$scene: and no line is its own" \
		not said_now '^\[[^]]*\] oomk: cycle 9'
	check "$scene: nor in the executor's log" \
		not grep -q '^oomk: cycle 9' "$dir/oomkd"
	settled "$victim"
}

# Dying tasks that are held on their way out, and say that they have more than
# the machine: they are waited for, but not for ever.
undead() {
	open_scene
	policy grace_ms=0 stuck_ms=3000
	innocent 40M
	start undead ready su alice -c 'exec secure_undead 8 40'
	start victim full su bob -c 'exec hog --size 200M --hold'
	victim=$pid
	look
	check "$scene: eight count as dying" \
		[ "$(awk '$3 == "pending"' "$dir/items" | wc -l)" = 8 ]
	squeeze 60
	check "$scene: the hog dies all the same" die "$victim"
	settled "$victim"
}

quiet="split inside subids light_of_others unmapped net_tells executors_own"
deadly="forged_line undead"

# Word splitting makes arguments of names.
# shellcheck disable=SC2086
case ${1-} in
quiet) set -- $quiet ;;
deadly) set -- $deadly ;;
esac
play "$quiet $deadly" "$@"
