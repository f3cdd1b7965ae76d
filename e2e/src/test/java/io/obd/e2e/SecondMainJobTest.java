package io.obd.e2e;

import org.junit.jupiter.api.extension.RegisterExtension;

/** The main job with a containerd 2.x. */
class SecondMainJobTest extends MainJob {
    @RegisterExtension
    static final RunningStack STACK = new RunningStack(TestEnvironment::withSecondContainerd);

    @Override
    Stack stack() {
        return STACK.get();
    }
}
