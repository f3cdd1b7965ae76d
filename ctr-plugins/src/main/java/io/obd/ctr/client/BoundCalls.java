package io.obd.ctr.client;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.MethodDescriptor;

/** Binds calls to a context, whichever thread makes them: they end when it is cancelled. */
public final class BoundCalls implements ClientInterceptor {
    private final Context context;

    private BoundCalls(Context context) {
        this.context = context;
    }

    /** A channel whose calls end with the context of this thread. */
    public static Channel toThisContext(Channel channel) {
        return ClientInterceptors.intercept(channel, new BoundCalls(Context.current()));
    }

    @Override
    public <Q, R> ClientCall<Q, R> interceptCall(MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
        Context before = context.attach();
        try {
            return next.newCall(method, options);
        } finally {
            context.detach(before);
        }
    }
}
