package io.obd.registry;

import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;

/** Takes out of requests and answers what nobody may see, and what would confuse a terminal. */
final class Redaction {
    private static final String HIDDEN = "<hidden>";

    /** Parts of header names that hold secrets; the challenges, which hold none, are excepted. */
    private static final Pattern SECRET_HEADER =
            Pattern.compile("auth|token|secret|cookie|passw|key|signature|credential|session");

    private static final Set<String> CHALLENGES = Set.of("www-authenticate", "proxy-authenticate");

    /** Query parameters that are part of the protocol; others may be signatures. */
    private static final Pattern UNKNOWN_PARAMETER =
            Pattern.compile("([?&](?!(?:ns|n|last|mount|from|digest|service|scope)=)[^=&\\s\"<>]+=)[^&\\s\"<>]*");

    private static final Pattern USER = Pattern.compile("(?<=//)[^/@\\s\"<>]*@");
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}&&[^\\n\\t]]");

    /** Members of JSON documents that are secrets. */
    private static final Pattern SECRET_MEMBER =
            Pattern.compile("\"[a-z_]*(?:token|secret|password)\"\\s*:", Pattern.CASE_INSENSITIVE);

    private final Set<String> secretHeaders = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

    /**
     * @param secretHeaders headers that are secret besides those whose names say so
     */
    Redaction(Set<String> secretHeaders) {
        this.secretHeaders.addAll(secretHeaders);
    }

    static String url(HttpUrl url) {
        return text(url.toString());
    }

    /** {@code name: value} */
    String header(String name, String value) {
        return name + ": " + (isSecret(name) ? HIDDEN : text(value));
    }

    /** Whether a document holds something that nobody may see. */
    static boolean isSecretDocument(String json) {
        return SECRET_MEMBER.matcher(json).find();
    }

    /** Text without what URLs in it may hide, on any number of lines. */
    static String text(String text) {
        String visible = UNKNOWN_PARAMETER.matcher(text).replaceAll("$1" + HIDDEN);
        return printable(USER.matcher(visible).replaceAll(""));
    }

    /** Text that does nothing to a terminal. */
    static String printable(String text) {
        return CONTROL.matcher(text).replaceAll("?");
    }

    private boolean isSecret(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return secretHeaders.contains(name) || (SECRET_HEADER.matcher(lower).find() && !CHALLENGES.contains(lower));
    }
}
