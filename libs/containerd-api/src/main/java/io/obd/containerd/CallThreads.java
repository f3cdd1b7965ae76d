package io.obd.containerd;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallExecutorSupplier;
import java.util.Set;
import java.util.concurrent.Executor;

/**
 * Which thread a call runs on.
 *
 * @param others where calls go that are not direct
 * @param direct names of the services that are called on the thread that serves the socket
 */
record CallThreads(Executor others, Set<String> direct) implements ServerCallExecutorSupplier {
    @Override
    public <Q, A> Executor getExecutor(ServerCall<Q, A> call, Metadata metadata) {
        String service = call.getMethodDescriptor().getServiceName();
        return service != null && direct.contains(service) ? Runnable::run : others;
    }
}
