package io.obd.registry;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import okhttp3.Call;
import okhttp3.EventListener;

/** The requests that are under way, from their start to the end of their answer, so that all can be ended at once. */
final class RunningCalls extends EventListener {
    private final Set<Call> calls = ConcurrentHashMap.newKeySet();
    private volatile boolean aborted;

    /** Ends them, and those that begin later. */
    void abort() {
        aborted = true;
        calls.forEach(Call::cancel);
    }

    boolean areAborted() {
        return aborted;
    }

    @Override
    public void callStart(Call call) {
        calls.add(call);
        if (aborted) {
            call.cancel();
        }
    }

    @Override
    public void callEnd(Call call) {
        calls.remove(call);
    }

    @Override
    public void callFailed(Call call, IOException e) {
        calls.remove(call);
    }
}
