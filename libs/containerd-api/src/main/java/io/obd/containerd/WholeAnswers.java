package io.obd.containerd;

import io.grpc.Attributes;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerTransportFilter;
import io.grpc.Status;
import io.grpc.SynchronizationContext;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the one message of an answer leave together with what stands before and behind it. Threads with answers for one
 * connection do not wait for each other: the first of them sends those of the others, too.
 */
final class WholeAnswers extends ServerTransportFilter implements ServerInterceptor {
    private static final Logger LOG = LoggerFactory.getLogger(WholeAnswers.class);

    private final Attributes.Key<SynchronizationContext> answers = Attributes.Key.create("answers of a connection");
    private final TransportThreads threads;

    WholeAnswers(TransportThreads threads) {
        this.threads = threads;
    }

    @Override
    public Attributes transportReady(Attributes connection) {
        SynchronizationContext queue =
                new SynchronizationContext((thread, failure) -> LOG.error("an answer was not sent", failure));
        return connection.toBuilder().set(answers, queue).build();
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        boolean whole = call.getMethodDescriptor().getType().serverSendsOneMessage();
        return next.startCall(whole ? new Whole<>(call) : call, headers);
    }

    private final class Whole<Q, A> extends SimpleForwardingServerCall<Q, A> {
        private @Nullable Metadata headers;
        private @Nullable A message;

        Whole(ServerCall<Q, A> call) {
            super(call);
        }

        @Override
        public void sendHeaders(Metadata headers) {
            this.headers = headers;
        }

        @Override
        public void sendMessage(A message) {
            this.message = message;
        }

        @Override
        public void close(Status status, Metadata trailers) {
            if (threads.hasTurn()) {
                send(status, trailers);
                return;
            }
            SynchronizationContext queue =
                    Objects.requireNonNull(getAttributes().get(answers));
            threads.inOneTurn(() -> queue.execute(() -> send(status, trailers)));
        }

        private void send(Status status, Metadata trailers) {
            if (headers != null) {
                super.sendHeaders(headers);
            }
            if (message != null) {
                super.sendMessage(message);
            }
            super.close(status, trailers);
        }
    }
}
