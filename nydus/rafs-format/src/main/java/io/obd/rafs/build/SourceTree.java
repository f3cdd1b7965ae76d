package io.obd.rafs.build;

import io.obd.rafs.Node;
import java.util.Map;

/**
 * Files that become a layer.
 *
 * @param root the root directory
 * @param contents of regular files that were not stored yet
 */
public record SourceTree(Node root, Map<Node, SourceFile> contents) {}
