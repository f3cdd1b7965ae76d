package io.obd.containerd;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;

/**
 * What gRPC's transport runs on. It hands over two kinds of work: loops, which take connections or read one as long as
 * it lasts, and queues of what is to be written. A loop gets a thread of its own. A queue is worked off by the thread that
 * filled it, at the end of its turn: no other thread has to wake up for an answer, and all that a turn has to say leaves with
 * one system call and wakes the client once. A Go client sends a ping along with each call, whose answer would go ahead of
 * the call's.
 */
final class TransportThreads implements Executor {
    private final ThreadFactory threads = Thread.ofPlatform().name("grpc-", 0).factory();
    private final ThreadLocal<Queue<Runnable>> turns = new ThreadLocal<>();

    @Override
    public void execute(Runnable work) {
        if (!(work instanceof Executor)) {
            threads.newThread(() -> inOneTurn(work)).start();
            return;
        }
        Queue<Runnable> turn = turns.get();
        if (turn == null) {
            work.run();
        } else {
            turn.add(work);
        }
    }

    /** Does something whose writes leave together, at its end or with the turn that it is a part of. */
    void inOneTurn(Runnable work) {
        if (hasTurn()) {
            work.run();
            return;
        }
        turns.set(new ArrayDeque<>());
        try {
            work.run();
        } finally {
            try {
                endTurn();
            } finally {
                turns.remove();
            }
        }
    }

    /** Whether this thread has a turn, so that what it writes now leaves together with more. */
    boolean hasTurn() {
        return turns.get() != null;
    }

    /** Writes what this thread has to write; for loops, before they wait. */
    void endTurn() {
        Queue<Runnable> turn = turns.get();
        if (turn == null) {
            return;
        }
        for (Runnable writes = turn.poll(); writes != null; writes = turn.poll()) {
            writes.run();
        }
    }
}
