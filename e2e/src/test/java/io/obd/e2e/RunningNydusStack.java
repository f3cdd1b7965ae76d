package io.obd.e2e;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A stack for all tests of a class, in whose registry is the image that {@code nydus_ref} refers to. After each test mounts,
 * daemons and what they have read have to go with the images; when one fails, what the daemons wrote is printed.
 */
final class RunningNydusStack
        implements BeforeAllCallback, AfterAllCallback, AfterEachCallback, AfterTestExecutionCallback {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final NydusStack.Settings settings;
    private @Nullable NydusStack stack;

    RunningNydusStack(NydusStack.Settings settings) {
        this.settings = settings;
    }

    NydusStack get() {
        if (stack == null) {
            throw new IllegalStateException("the stack is not started yet");
        }
        return stack;
    }

    NydusImages images() {
        return new NydusImages(get());
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IOException, InterruptedException {
        stack = NydusStack.start(
                TestEnvironment.directory(context.getRequiredTestClass()), TestEnvironment.installation(), settings);
        images().push("v1");
    }

    @Override
    public void afterTestExecution(ExtensionContext context) {
        if (context.getExecutionException().isPresent()) {
            System.err.println("logs after the failure of " + context.getDisplayName() + ":" + get().logs());
        }
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException, InterruptedException {
        get().ctr().clear();
        images().awaitNothingLeft(LIMIT);
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        if (stack != null) {
            stack.close();
        }
    }
}
