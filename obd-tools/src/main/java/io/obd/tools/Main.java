package io.obd.tools;

import io.obd.commandline.Version;
import io.obd.linux.ProcessEnd;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** The overlaybd-* tools and turboOCI-apply: the first argument is the name of the tool, put there by its launcher. */
public final class Main {
    private static final Map<String, Supplier<Tool>> TOOLS = new TreeMap<>(Map.of(
            "overlaybd-apply",
            Apply::new,
            "overlaybd-commit",
            Commit::new,
            "overlaybd-create",
            Create::new,
            "overlaybd-merge",
            Merge::new,
            "overlaybd-resize",
            Resize::new,
            "overlaybd-zfile",
            ZFileTool::new,
            "turboOCI-apply",
            TurboOciApply::new));

    private Main() {}

    /** Runs a tool and ends the process with its exit code, see {@link ExitCode}. */
    public static void main(String[] args) {
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        ProcessEnd.exit(run(out, err, args));
    }

    static int run(PrintWriter out, PrintWriter err, String... args) {
        @Nullable Supplier<Tool> tool = args.length == 0 ? null : TOOLS.get(args[0]);
        if (tool == null) {
            err.println("the name of a tool is missing: one of " + String.join(", ", TOOLS.keySet()));
            return ExitCode.REQUIRED;
        }
        String[] arguments = new String[args.length - 1];
        System.arraycopy(args, 1, arguments, 0, arguments.length);
        return Version.addTo(new CommandLine(tool.get()))
                .setOut(out)
                .setErr(err)
                .setParameterExceptionHandler(new WrongUse())
                .setExecutionExceptionHandler(new Failure())
                .execute(arguments);
    }
}
