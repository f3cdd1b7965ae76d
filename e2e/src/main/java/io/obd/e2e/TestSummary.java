package io.obd.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * Counts the test reports of all modules, and names what failed and what was skipped, with the reason. A skip that is not
 * one of the allowed ones is a failure. Stands alone: it is run from its source.
 */
public final class TestSummary {
    /** What a machine may lack: the beginnings of the reasons that tests give. */
    private static final List<String> ALLOWED_SKIPS =
            List.of("TCMU: no qemu", "TCMU: the kernel of this machine has it", "containerd 2.x: none installed");

    private final List<String> failed = new ArrayList<>();
    private final List<String> skipped = new ArrayList<>();
    private final List<String> skippedAgainstTheRules = new ArrayList<>();
    private int passed;

    private TestSummary() {}

    /** Takes the directory with the modules; ends with status 1 unless everything passed. */
    public static void main(String[] arguments) throws IOException, ParserConfigurationException, SAXException {
        TestSummary summary = new TestSummary();
        for (Path report : reports(Path.of(arguments[0]))) {
            summary.add(report);
        }
        System.exit(summary.print() ? 0 : 1);
    }

    private static List<Path> reports(Path root) throws IOException {
        try (Stream<Path> files = Files.find(
                root, 6, (path, attributes) -> path.toString().matches(".*/surefire-reports/TEST-.*\\.xml"))) {
            return files.sorted().toList();
        }
    }

    private void add(Path report) throws IOException, ParserConfigurationException, SAXException {
        DocumentBuilder builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
        NodeList cases = builder.parse(report.toFile()).getElementsByTagName("testcase");
        for (int i = 0; i < cases.getLength(); i++) {
            Element test = (Element) cases.item(i);
            String name = test.getAttribute("classname") + "." + test.getAttribute("name");
            if (test.getElementsByTagName("failure").getLength()
                            + test.getElementsByTagName("error").getLength()
                    > 0) {
                failed.add(name);
            } else if (test.getElementsByTagName("skipped").getLength() > 0) {
                String reason = ((Element) test.getElementsByTagName("skipped").item(0)).getAttribute("message");
                boolean allowed = ALLOWED_SKIPS.stream().anyMatch(reason::contains);
                (allowed ? skipped : skippedAgainstTheRules).add(name + ": " + reason);
            } else {
                passed++;
            }
        }
    }

    private boolean print() {
        list("failed:", failed);
        list("skipped, as this machine allows:", skipped);
        list("skipped, but should have run:", skippedAgainstTheRules);
        System.out.printf(
                "%d passed, %d failed, %d skipped%n",
                passed, failed.size(), skipped.size() + skippedAgainstTheRules.size());
        return passed > 0 && failed.isEmpty() && skippedAgainstTheRules.isEmpty();
    }

    private static void list(String heading, List<String> lines) {
        if (!lines.isEmpty()) {
            System.out.println(heading);
            lines.forEach(line -> System.out.println("  " + line));
        }
    }
}
