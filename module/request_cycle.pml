/* SPDX-License-Identifier: GPL-2.0 */
/* The module's own part of request.pml: the cycle, and who fails to allocate. */

/*
 * The module's eyes and hand: sample.c, backstop.c. A pid that is held is
 * still that of its task when the number is another's.
 */
#define IS_ANOTHER(i) \
	(born[i] != victims[i].who && broken != SIGNAL_BY_PID)
#define IS_GONE(i)	(tasks[i] == GONE || IS_ANOTHER(i))
#define IS_DYING(i)	(tasks[i] != ALIVE || IS_ANOTHER(i))
#define IS_SPARED(i)							\
	(victims[i].status == SPARED &&					\
	 !((victims[i].term || victims[i].kill) && IS_DYING(i)))

inline send_kill(i) {
	assert(victims[i].held && (owner == MODULE || state == REAPING));
	if
	:: !IS_GONE(i) ->
		assert(born[i] == victims[i].who);
		victims[i].kill = 1;
		tasks[i] = DYING
	:: else
	fi
}

inline send_term(i) {
	assert(victims[i].held && (owner == MODULE || state == REAPING));
	if
	:: !IS_GONE(i) ->
		assert(born[i] == victims[i].who);
		victims[i].term = 1
	:: else
	fi
}

/* One victim of send_all(); @over once the pressure was seen to be over. */
#define SIGNAL_ONE(i, send)						\
		if							\
		:: !victims[i].held || victims[i].status == SPARED ||	\
		   IS_GONE(i)						\
		:: else ->						\
			if						\
			:: !hard -> over = 1				\
			:: true						\
			fi;						\
			if						\
			:: over -> victims[i].status = SPARED		\
			:: else -> send(i)				\
			fi						\
		fi

#define ANY_ALIVE							\
	((victims[0].held && victims[0].status != SPARED && !IS_GONE(0)) || \
	 (victims[1].held && victims[1].status != SPARED && !IS_GONE(1)))

/*
 * Executors can change nothing of a set in this state, so the module's signals
 * need not be told apart; likewise below.
 */
inline backstop_step() {
	atomic {
		if
		:: !hard && !term_sent ->
			SIGNAL_ONE(0, send_term);
			SIGNAL_ONE(1, send_term)
		:: else
		fi;
		term_sent = 1;
		over = 0
	}
	if
	:: atomic { ANY_ALIVE && !hard && left > 0 -> left-- }
	:: else ->
		atomic {
			SIGNAL_ONE(0, send_kill);
			SIGNAL_ONE(1, send_kill);
			over = 0
		}
		handled()
	fi
}

/* One victim of oomk_backstop_sweep(). */
inline sweep_one(i) {
	if
	:: !victims[i].held || IS_SPARED(i) || IS_GONE(i)
	:: else ->
		if
		:: victims[i].status == SPARED || victims[i].kill ||
		   (broken == SWEEP_TRUSTS && victims[i].status == FAILED)
		:: else ->
			if
			:: send_kill(i)
			:: !hard -> victims[i].status = SPARED
			fi
		fi;
		if
		:: !IS_SPARED(i) -> all_gone = 0
		:: else
		fi
	fi
}

/* One victim of oomk_backstop_kill(). */
inline strike_one(i) {
	if
	:: !victims[i].held || IS_SPARED(i) || IS_GONE(i) || victims[i].kill
	:: else -> send_kill(i)
	fi
}

#define SETTLED(i)							\
	(!victims[i].held || IS_GONE(i) || victims[i].kill ||		\
	 victims[i].status == SPARED)

inline reap() {
	atomic {
		all_gone = 1;
		sweep_one(0);
		sweep_one(1);
		if
		:: !all_gone && left > 0 -> left--; all_gone = 0
		:: !all_gone && left == 0 -> all_gone = 1
		:: else
		fi
	}
	if
	:: all_gone ->
		assert(SETTLED(0) && SETTLED(1));
		retire()
	:: else
	fi
}

/* The survey: whoever lives is chosen. */
inline choose() {
	d_step {
		assert(!opened && !victims[0].held && !victims[1].held);
		set++;
		victims[0].held = (tasks[0] == ALIVE);
		victims[0].who = (tasks[0] == ALIVE -> born[0] : 0);
		victims[0].status = WAITING;
		victims[1].held = (tasks[1] == ALIVE);
		victims[1].who = (tasks[1] == ALIVE -> born[1] : 0);
		victims[1].status = WAITING;
		term_sent = 0
	}
}

#define CHOSEN		(victims[0].held || victims[1].held)

/* Reads @stopping, and then queues. */
inline kick() {
	if
	:: !stopping ->
		assert(!gone);
		queued = 1
	:: stopping
	fi
}

/* What a rescue left is told of without the lock. */
inline tell_rescue() {
	if
	:: rescue == NONE
	:: else ->
		told = set;
		if
		:: rescue == JOINED
		:: else -> assert(CHOSEN)
		fi;
		atomic { !lock -> lock = 1 }
		assert(told == set);
		atomic {
			if
			:: rescue == OBSERVED ->
				assert(state == IDLE);
				let_all_go()
			:: else
			fi;
			rescue = NONE;
			lock = 0
		}
	fi
}

inline take_over() {
	expire();
	term_sent = 0
}

inline step() {
	atomic { !lock -> lock = 1; seen = state; assert(!freed) }
	if
	:: seen == IDLE || rescue != NONE
	:: else ->
		atomic {
			if
			:: seen != REAPING && !hard ->
				RAISE(r);
				hard = (r == YES)
			:: true
			fi
		}
		if
		:: (seen == READY || seen == ACCEPTED) && left > 0 -> left--
		:: seen == READY || seen == ACCEPTED -> take_over()
		:: seen == BACKSTOP -> backstop_step()
		:: seen == REAPING -> reap()
		fi
	fi;
	atomic {
		if
		:: state != IDLE -> queued = 1
		:: else
		fi;
		seen = IDLE;
		r = OK;
		all_gone = 0;
		lock = 0
	}
}

inline trigger() {
	atomic { !lock -> lock = 1 }
	if
	:: state == IDLE && (rescue == NONE || broken == TELL_LATE) ->
		choose();
		if
		:: CHOSEN ->
			atomic {
				if
				:: hard = 1
				:: hard = 0
				fi;
				submit()
			}
			queued = 1
		:: else
		fi
	:: else
	fi;
	lock = 0
}

/* The ordered workqueue: one thing at a time. */
proctype Cycle()
{
	mtype r = OK, seen = IDLE;
	byte told;
	bit over, all_gone;

end:
	do
	:: atomic { queued -> queued = 0; stepping = 1 }
		assert(!gone);
		if
		:: stopping
		:: !stopping ->
			tell_rescue();
			step()
		fi;
		atomic { told = 0; stepping = 0 }
	:: atomic { pressing && triggers > 0 ->
			triggers--; triggering = 1 }
		tell_rescue();
		trigger();
		atomic { told = 0; r = OK; triggering = 0 }
	od
}

/* rescue.c: through all states of a request but the last. */
inline strike() {
	submit();
	expire();
	atomic { hard = 1; seen = (r == YES -> BACKSTOP : REAPING) }
	atomic { strike_one(0); strike_one(1) }
	if
	:: seen == BACKSTOP || broken == STRIKE_BLIND -> handled()
	:: else
	fi;
	rescue = STRUCK
}

inline join() {
	atomic { RAISE(r); hard = 1 }
	expire();
	seen = state;
	atomic { strike_one(0); strike_one(1) }
	if
	:: seen == BACKSTOP ->
		handled();
		if
		:: rescue == NONE -> rescue = JOINED
		:: else
		fi
	:: else
	fi
}

/* oom.c: tasks whose allocations failed, one after the other (oom_lock). */
proctype Stranger()
{
	mtype r = OK, seen = IDLE;

end:
	do
	:: atomic { notifier && calls > 0 -> calls--; calling = 1 }
		assert(!gone && !freed);
		if
		:: atomic { !lock -> lock = 1 }
			if
			:: state == IDLE && rescue == NONE ->
				choose();
				if
				:: CHOSEN -> rescue = OBSERVED
				:: CHOSEN -> strike()
				:: !CHOSEN
				fi
			:: state == IDLE && rescue != NONE
			:: state != IDLE -> join()
			:: state != IDLE	/* the backstop was turned off */
			fi;
			lock = 0;
			kick()
		:: lock
		fi;
		atomic { r = OK; seen = IDLE; calling = 0 }
	od
}
