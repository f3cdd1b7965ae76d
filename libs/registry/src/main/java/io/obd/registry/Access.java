package io.obd.registry;

import java.util.ArrayList;
import java.util.List;

/**
 * What a request does to a repository: what its token must allow.
 *
 * @param repository the one whose credentials count
 * @param scopes as token services name them
 */
record Access(String repository, List<String> scopes) {

    static Access pull(String repository) {
        return new Access(repository, List.of(scope(repository, "pull")));
    }

    static Access push(String repository) {
        return new Access(repository, List.of(scope(repository, "pull,push")));
    }

    static Access mount(String repository, String from) {
        return new Access(repository, List.of(scope(repository, "pull,push"), scope(from, "pull")));
    }

    /** These scopes and what the registry asks for beyond them. */
    List<String> scopesWith(String challenged) {
        List<String> all = new ArrayList<>(scopes);
        for (String scope : challenged.split(" ")) {
            if (!scope.isEmpty() && scopes.stream().noneMatch(own -> covers(own, scope))) {
                all.add(scope);
            }
        }
        return List.copyOf(all);
    }

    private static boolean covers(String own, String other) {
        int ownActions = own.lastIndexOf(':') + 1;
        int otherActions = other.lastIndexOf(':') + 1;
        return own.substring(0, ownActions).equals(other.substring(0, otherActions))
                && List.of(own.substring(ownActions).split(","))
                        .containsAll(List.of(other.substring(otherActions).split(",")));
    }

    private static String scope(String repository, String actions) {
        return "repository:" + repository + ":" + actions;
    }
}
