package io.obd.e2e;

import java.io.IOException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A stack for all tests of a class; when one fails, what the daemons wrote is printed. */
final class RunningStack implements BeforeAllCallback, AfterAllCallback, AfterTestExecutionCallback {
    private final Supplier<Stack.Settings> settings;
    private @Nullable Stack stack;

    RunningStack(Stack.Settings settings) {
        this(() -> settings);
    }

    /** @param settings asked before the first test; it may skip them all */
    RunningStack(Supplier<Stack.Settings> settings) {
        this.settings = settings;
    }

    Stack get() {
        if (stack == null) {
            throw new IllegalStateException("the stack is not started yet");
        }
        return stack;
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IOException, InterruptedException {
        stack = Stack.start(
                TestEnvironment.directory(context.getRequiredTestClass()),
                TestEnvironment.installation(),
                settings.get());
    }

    @Override
    public void afterTestExecution(ExtensionContext context) {
        if (context.getExecutionException().isPresent()) {
            System.err.println("logs after the failure of " + context.getDisplayName() + ":" + get().logs());
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        if (stack != null) {
            stack.close();
        }
    }
}
