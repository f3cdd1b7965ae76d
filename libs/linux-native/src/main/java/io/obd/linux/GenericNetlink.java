package io.obd.linux;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A family of generic netlink: commands to a part of the kernel, and the events it sends.
 *
 * <p>Commands and events have a socket each, so that the acknowledgement of a command never waits behind events.
 */
public final class GenericNetlink implements Closeable {
    private static final int CONTROL_FAMILY = 0x10;
    private static final int CONTROL_VERSION = 1;
    private static final int GET_FAMILY = 3;
    private static final int FAMILY_ID = 1;
    private static final int FAMILY_NAME = 2;
    private static final int MULTICAST_GROUPS = 7;
    private static final int GROUP_NAME = 1;
    private static final int GROUP_ID = 2;

    private final NetlinkSocket commands;
    private final NetlinkSocket events;
    private final int family;
    private final int version;

    private GenericNetlink(NetlinkSocket commands, NetlinkSocket events, int family, int version) {
        this.commands = commands;
        this.events = events;
        this.family = family;
        this.version = version;
    }

    /**
     * Finds a family and joins a group of its events.
     *
     * @throws ErrnoException ENOENT if the kernel does not have the family
     * @throws IOException if the family does not have the group
     */
    public static GenericNetlink open(String name, int version, String group) throws IOException {
        NetlinkSocket commands = NetlinkSocket.open();
        NetlinkSocket events = null;
        try {
            NetlinkAttributes family = family(commands, name);
            events = NetlinkSocket.open();
            events.join(group(family, name, group));
            return new GenericNetlink(commands, events, family.getShort(FAMILY_ID), version);
        } catch (IOException e) {
            commands.close();
            if (events != null) {
                events.close();
            }
            throw e;
        }
    }

    /**
     * Sends a single command.
     *
     * @throws ErrnoException if the kernel does not have the family, or refuses
     */
    static void send(String name, int version, int command, NetlinkAttributes attributes) throws IOException {
        try (NetlinkSocket socket = NetlinkSocket.open()) {
            int family = family(socket, name).getShort(FAMILY_ID);
            socket.request(family, new GenlMessage(command, version, attributes));
        }
    }

    private static NetlinkAttributes family(NetlinkSocket socket, String name) throws IOException {
        NetlinkAttributes wanted = new NetlinkAttributes().putString(FAMILY_NAME, name);
        return socket.request(CONTROL_FAMILY, new GenlMessage(GET_FAMILY, CONTROL_VERSION, wanted))
                .orElseThrow(() -> new IOException("netlink: no description of " + name))
                .attributes();
    }

    private static int group(NetlinkAttributes family, String name, String group) throws IOException {
        for (NetlinkAttributes candidate : family.list(MULTICAST_GROUPS)) {
            if (candidate.getString(GROUP_NAME).equals(group)) {
                return candidate.getInt(GROUP_ID);
            }
        }
        throw new IOException("netlink: " + name + " has no group " + group);
    }

    /**
     * Sends a command and waits for the kernel's acknowledgement, which comes at once. Many threads may call this.
     *
     * @throws ErrnoException if the kernel refuses
     */
    public void send(int command, NetlinkAttributes attributes) throws IOException {
        commands.request(family, new GenlMessage(command, version, attributes));
    }

    /**
     * Waits for the next event of the group. One thread, a platform thread.
     *
     * @return null after {@link #endOfEvents}
     */
    public @Nullable GenlMessage nextEvent() throws IOException {
        return events.nextEvent(family);
    }

    /** Ends the wait for events. */
    public void endOfEvents() throws ErrnoException {
        events.end();
    }

    @Override
    public void close() throws IOException {
        try (commands) {
            events.close();
        }
    }
}
