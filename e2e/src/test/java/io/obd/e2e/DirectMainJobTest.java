package io.obd.e2e;

import org.junit.jupiter.api.extension.RegisterExtension;

/** The main job over TLS with a private certificate authority and a password. */
class DirectMainJobTest extends MainJob {
    @RegisterExtension
    static final RunningStack STACK = new RunningStack(Stack.Settings.usual());

    @Override
    Stack stack() {
        return STACK.get();
    }
}
