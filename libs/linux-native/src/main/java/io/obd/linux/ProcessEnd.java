package io.obd.linux;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.Library;
import com.kenai.jffi.Type;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Ends this process without the JVM's last 300 ms: it waits that long for threads that are in native code, and the one
 * that watches the sockets of virtual threads always is.
 */
public final class ProcessEnd {
    /** Where people give the JVM options of their own: those that record something write it at the JVM's own end. */
    private static final String[] OPTIONS = {
        "OVERLAYBD_AOT_RECORD", "OVERLAYBD_JAVA_OPTS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"
    };

    private ProcessEnd() {}

    /**
     * Ends the process at once; does not return. What is to be tidied up has been. When a signal is ending the process
     * already, it ends as that will have it.
     *
     * @param status exit code
     */
    public static void exit(int status) {
        if (mayEndAtOnce(System.getenv()) && !endsAlready()) {
            endAtOnce(status);
        }
        System.exit(status);
    }

    /**
     * The same for the last step of a shutdown hook, whose status counts instead of the signal's.
     *
     * @param status exit code
     */
    public static void halt(int status) {
        if (mayEndAtOnce(System.getenv())) {
            endAtOnce(status);
        }
        Runtime.getRuntime().halt(status);
    }

    static boolean mayEndAtOnce(Map<String, String> environment) {
        return Stream.of(OPTIONS)
                .allMatch(name -> environment.getOrDefault(name, "").isEmpty());
    }

    private static boolean endsAlready() {
        Thread none = new Thread(() -> {});
        try {
            Runtime.getRuntime().addShutdownHook(none);
            return !Runtime.getRuntime().removeShutdownHook(none);
        } catch (IllegalStateException e) {
            return true;
        }
    }

    /** By the lower half of jnr-ffi: to bind the whole C library for one call would take longer than the JVM's end. */
    private static void endAtOnce(int status) {
        System.out.flush();
        System.err.flush();
        long exit = Library.getDefault().getSymbolAddress("_exit");
        if (exit != 0) {
            CallContext call =
                    CallContext.getCallContext(Type.VOID, new Type[] {Type.SINT32}, CallingConvention.DEFAULT, false);
            Invoker.getInstance().invokeI1(call, exit, status);
        }
    }
}
