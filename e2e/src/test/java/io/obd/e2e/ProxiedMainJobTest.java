package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The main job with a registry that only an HTTP proxy leads to: nothing resolves its name. */
class ProxiedMainJobTest extends MainJob {
    @RegisterExtension
    static final RunningStack STACK = new RunningStack(Stack.Settings.usual().throughAProxy());

    @Override
    Stack stack() {
        return STACK.get();
    }

    @Test
    @Order(8)
    void everythingWentThroughTheProxy() {
        assertThat(stack().proxy().tunnels()).isGreaterThanOrEqualTo(3);
    }
}
