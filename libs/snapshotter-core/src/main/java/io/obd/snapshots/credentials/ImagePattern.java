package io.obd.snapshots.credentials;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which images a kubelet credential provider is for: {@code host[:port][/path]}. In the labels of the host name, {@code *}
 * stands for any characters but a dot; the path is the beginning of an image's.
 */
record ImagePattern(String text, Pattern host, String path) {
    private static final Pattern FORM = Pattern.compile("([^/:]+)(:\\d{1,5})?(/.*)?");

    /** @throws IllegalArgumentException if it is none */
    static ImagePattern parse(String text) {
        Matcher parts = FORM.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("\"" + text + "\" is not host[:port][/path]");
        }
        String port = parts.group(2) == null ? "" : parts.group(2);
        String path = parts.group(3) == null ? "" : parts.group(3);
        return new ImagePattern(text, Pattern.compile(glob(parts.group(1)) + port), path);
    }

    private static String glob(String host) {
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            switch (c) {
                case '*' -> regex.append("[^.:]*");
                case '?' -> regex.append("[^.:]");
                default -> regex.append(Pattern.quote(String.valueOf(c)));
            }
        }
        return regex.toString();
    }

    /** @param registry as image names have it, with its port */
    boolean matches(String registry, String repository) {
        return host.matcher(registry).matches() && ("/" + repository).startsWith(path);
    }
}
