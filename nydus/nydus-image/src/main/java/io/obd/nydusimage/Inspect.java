package io.obd.nydusimage;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Answers questions about an image: one that is an option, or those that are typed. */
@Command(
        name = "inspect",
        sortOptions = false,
        description = "Answers questions about an image, at a prompt or one in JSON.")
final class Inspect implements Callable<Integer> {
    private static final String PROMPT = "Inspecting RAFS :> ";
    private static final Set<String> LAST = Set.of("exit", "q");

    private final InputStream in;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private BootstrapOption bootstrap = new BootstrapOption();

    @Option(
            names = {"-R", "--request"},
            description = "ask this and end: stats, blobs and prefetch answer in JSON")
    private @Nullable String request;

    @Option(
            names = {"-D", "--blob-dir"},
            hidden = true,
            description = "accepted: no blob is read")
    @SuppressWarnings("UnusedVariable") // read by picocli
    private @Nullable Path blobDirectory;

    @Option(
            names = {"-C", "--config"},
            hidden = true,
            description = "accepted: no blob is read")
    @SuppressWarnings("UnusedVariable") // read by picocli
    private @Nullable Path config;

    /** @param in what is typed */
    Inspect(InputStream in) {
        this.in = in;
    }

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        Inspector inspector = new Inspector(bootstrap.load(), out);
        if (request == null) {
            prompt(inspector, out);
            return 0;
        }
        if (LAST.contains(request.strip())) {
            return 0;
        }
        // Behind an answer in text stands null, as with the original.
        out.println(new ObjectMapper().writeValueAsString(inspector.answer(request)));
        return 0;
    }

    private void prompt(Inspector inspector, PrintWriter out) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        while (true) {
            out.print(PROMPT);
            out.flush();
            String line = lines.readLine();
            if (line == null || LAST.contains(line.strip())) {
                return;
            }
            if (line.isBlank()) {
                continue;
            }
            try {
                inspector.print(line);
            } catch (Inspector.WrongRequestException e) {
                out.println(e.getMessage());
            }
        }
    }
}
