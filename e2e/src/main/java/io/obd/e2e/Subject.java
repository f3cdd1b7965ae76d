package io.obd.e2e;

import java.util.List;

/**
 * What the quick start runs.
 *
 * @param name for people
 * @param source where skopeo finds the image
 * @param program what is run in it
 * @param expected what the program has to print
 */
record Subject(String name, String source, List<String> program, String expected) {

    static Subject ofDebian(DebianImage image) {
        return new Subject(
                "the Debian image",
                image.source(),
                List.of("python3", "-c", "print('hello from python3', 6 * 7)"),
                "hello from python3 42\n");
    }

    static Subject ofRegistry(String image) {
        return new Subject(image, "docker://" + image, List.of("/bin/sh", "-c", "echo hello"), "hello\n");
    }
}
