/* SPDX-License-Identifier: GPL-2.0 */
/* The executors of request.pml: what daemon/executor.c says and does. */

/* A message goes in while the door is open, and is under way until it is out. */
#define SAY(event, event_stale)						\
	if								\
	:: !door -> r = ENOENT						\
	:: door && mine == set -> event(r)				\
	:: door && mine != set -> event_stale(r)			\
	fi

inline woke() {
	if
	:: r == WOKE ->
		kick();
		atomic { inside--; r = OK }
	:: else
	fi
}

/*
 * Before each step an executor may be stopped for good. The first may die, too;
 * the second is then started in its place, so there is no need for it to die.
 */
#define ALIVE_STILL							\
	if								\
	:: true								\
	:: harm && me == 1 -> goto dies					\
	:: harm -> goto stopped						\
	fi

/* To be called in an atomic, like all that follow. */
inline check() {
	ALIVE_STILL;
	SAY(CHECK, CHECK_STALE);
	if
	:: r != OK -> goto ready
	:: else ->
		assert(owner == me);
		if
		:: true					/* needed */
		:: over = 1
		:: lhard = 1
		fi
	fi;
	if
	:: hard -> lhard = 1
	:: else
	fi
}

inline verify(i) {
	if
	:: tasks[i] != GONE && born[i] == lwho[i]
	:: else -> waits[i] = 0
	fi
}

/*
 * The pidfd first, then the start time behind it, then the signal:
 * daemon/victim.c. At the soft level there is a check before.
 */
inline open_one(i) {
	ALIVE_STILL;
	if
	:: broken == VERIFY_FIRST -> verify(i)
	:: else -> fd[i] = born[i]
	fi
}

inline verify_one(i) {
	ALIVE_STILL;
	if
	:: broken == VERIFY_FIRST -> fd[i] = born[i]
	:: else -> verify(i)
	fi
}

inline hit_one(i, done) {
	if
	:: tasks[i] != GONE && born[i] == fd[i] ->
		if
		:: owner == me && mine == set
		:: else ->
			late++;
			assert(lhard || late <= 1)
		fi;
		assert(fd[i] == lwho[i]);
		done = 1
	:: else
	fi
}

/* @over is the end for who got no signal yet. */
inline spare_one(i, signalled) {
	if
	:: over && waits[i] && !signalled -> waits[i] = 0; spares[i] = 1
	:: else
	fi
}

inline term_one(i) {
	atomic {
		if
		:: waits[i] && !lhard && !over -> check()
		:: else
		fi;
		spare_one(i, term[i])
	}
	if
	:: atomic { waits[i] && !lhard && !over -> open_one(i) }
		atomic { verify_one(i) }
		atomic {
			ALIVE_STILL;
			if
			:: waits[i] -> hit_one(i, term[i])
			:: else
			fi
		}
	:: else
	fi
}

inline kill_one(i) {
	atomic {
		if
		:: waits[i] && !over && !lhard &&
		   (broken != CHECK_ONCE || i == 0) -> check()
		:: else
		fi;
		spare_one(i, kill[i])
	}
	if
	:: atomic { waits[i] && !over && !term[i] -> open_one(i) }
		atomic { verify_one(i) }
	:: else
	fi;
	atomic {
		ALIVE_STILL;
		if
		:: waits[i] && !over ->
			if
			:: hit_one(i, kill[i]);
			:: fails[i] = 1			/* EPERM and others */
			fi
		:: else
		fi;
		if
		:: kill[i] && tasks[i] == ALIVE && born[i] == fd[i] ->
			tasks[i] = DYING
		:: else
		fi
	}
}

inline report(i) {
	atomic {
		ALIVE_STILL;
		if
		:: lheld[i] ->
			SAY(REPORT, REPORT_STALE);
			if
			:: r != OK -> goto ready
			:: else ->
				assert(owner == me && victims[i].held);
				victims[i].term = victims[i].term | term[i];
				victims[i].kill = victims[i].kill | kill[i];
				victims[i].status =
					(spares[i] -> SPARED :
					 (fails[i] -> FAILED : WAITING))
			fi
		:: else
		fi
	}
}

inline forget() {
	lheld[0] = 0; lheld[1] = 0; lwho[0] = 0; lwho[1] = 0;
	waits[0] = 0; waits[1] = 0; fd[0] = 0; fd[1] = 0;
	term[0] = 0; term[1] = 0; kill[0] = 0; kill[1] = 0;
	spares[0] = 0; spares[1] = 0; fails[0] = 0; fails[1] = 0;
	over = 0; lhard = 0; late = 0; mine = 0; r = OK
}

proctype Executor(byte me)
{
	mtype r = OK;
	bit lheld[VICTIMS], lwho[VICTIMS], waits[VICTIMS], fd[VICTIMS];
	bit term[VICTIMS], kill[VICTIMS], spares[VICTIMS], fails[VICTIMS];
	bit over, lhard;
	byte late, mine;

end_free:
	atomic {
		(seat == NOBODY && (me == 1 || dead)) || !door;
		if
		:: !door -> goto out
		:: else
		fi;
		BIND_FREE(r);
		assert(r == OK);
		seat = me
	}
ready:
	atomic { forget() }
end_ready:
	atomic {
		state == READY || !door;
		if
		:: !door -> goto out
		:: else
		fi;
		ALIVE_STILL;
		ACCEPT_ANY(r);
		assert(r == OK);
		owner = me;
		mine = set;
		lhard = hard
	}
	atomic {
		ALIVE_STILL;
		SAY(VICTIM, VICTIM_STALE);
		if
		:: r != OK -> goto ready
		:: else ->
			assert(owner == me);
			lheld[0] = victims[0].held;
			lheld[1] = victims[1].held;
			lwho[0] = victims[0].who;
			lwho[1] = victims[1].who;
			waits[0] = lheld[0];
			waits[1] = lheld[1]
		fi
	}
	term_one(0);
	term_one(1);
	/* It may be told to stop in the grace. */
	atomic {
		over = 0;
		if
		:: !lhard -> over = 1
		:: true
		fi
	}
	kill_one(0);
	kill_one(1);
	report(0);
	report(1);
	atomic {
		ALIVE_STILL;
		if
		:: broken == DONE_BLIND && door -> r = WOKE; state = REAPING
		:: else -> SAY(DONE, DONE_STALE)
		fi;
		if
		:: r == WOKE ->
			assert(owner == me);
			owner = MODULE;
			inside++
		:: else
		fi
	}
	woke();
	goto ready;
stopped:
	atomic { forget() }
end_stopped:
	false;
dies:
	atomic {
		dead = 1;
		if
		:: door && seat == me ->
			if
			:: broken == CLOSE_KEEPS -> r = OK
			:: else -> CLOSE(r)
			fi;
			seat = NOBODY;
			if
			:: owner == me -> owner = NOBODY
			:: else
			fi;
			if
			:: r == WOKE -> inside++
			:: else
			fi
		:: else
		fi
	}
	woke();
out:
	atomic { forget() }
}
