package io.obd.fuzz;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every input of the corpus is still no finding. */
class CorpusTest {
    @TestFactory
    List<DynamicTest> noKeptInputIsAFinding() throws IOException, ReflectiveOperationException {
        List<DynamicTest> tests = new ArrayList<>();
        for (String target : System.getProperty("fuzz.targets").split(",")) {
            MethodHandle run = MethodHandles.lookup()
                    .findStatic(
                            Class.forName("io.obd.lsmt." + target),
                            "fuzzerTestOneInput",
                            MethodType.methodType(void.class, byte[].class));
            try (Stream<Path> files = Files.list(Corpus.of(target))) {
                files.sorted()
                        .map(file -> DynamicTest.dynamicTest(
                                target + " " + file.getFileName(), () -> run.invoke(Files.readAllBytes(file))))
                        .forEach(tests::add);
            }
        }
        return tests;
    }
}
