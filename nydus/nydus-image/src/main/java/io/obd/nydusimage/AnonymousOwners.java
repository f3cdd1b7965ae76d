package io.obd.nydusimage;

import io.obd.rafs.Attributes;
import io.obd.rafs.Node;

/** Takes owners away, so that the same files make the same image whoever has them. */
final class AnonymousOwners {
    private AnonymousOwners() {}

    static void apply(Node root) {
        remove(root);
        root.directories().forEach(directory -> directory.children().values().forEach(AnonymousOwners::remove));
    }

    private static void remove(Node node) {
        Attributes known = node.attributes();
        node.setAttributes(new Attributes(known.permissions(), 0, 0, known.modified(), known.xattrs()));
    }
}
