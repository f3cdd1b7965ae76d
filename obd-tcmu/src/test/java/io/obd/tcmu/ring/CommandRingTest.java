package io.obd.tcmu.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The ring in plain memory. */
class CommandRingTest {
    private static final int RING = KernelRing.RING;
    private static final int RING_LENGTH = KernelRing.RING_LENGTH;
    private static final int DATA = KernelRing.DATA;
    private static final byte[] TEST_UNIT_READY = new byte[6];
    private static final byte[] NO_SENSE = {};

    private final MemorySegment memory = Arena.ofAuto().allocate(KernelRing.LENGTH, 64);
    private final KernelRing kernel = new KernelRing(memory);

    private CommandRing ring() throws BrokenRingException {
        return CommandRing.of(memory);
    }

    private static RingCommand require(CommandRing ring) throws BrokenRingException {
        return Objects.requireNonNull(ring.next());
    }

    @Test
    void commandsAreTakenInOrderAndAnsweredInAny() throws Exception {
        CommandRing ring = ring();
        kernel.command(7, TEST_UNIT_READY);
        kernel.command(9, new byte[] {0x28, 0, 0, 0, 0, 5, 0, 0, 1, 0}, DATA, 512);
        RingCommand first = require(ring);
        RingCommand second = require(ring);
        assertThat(ring.next()).isNull();
        assertThat(first.id()).isEqualTo(7);
        assertThat(second.block()).containsExactly(0x28, 0, 0, 0, 0, 5, 0, 0, 1, 0);
        assertThat(second.dataLength()).isEqualTo(512);

        ring.answer(second, 0, NO_SENSE);
        ring.answer(first, 2, new byte[] {0x70, 0, 5});

        assertThat(kernel.answeredId(0)).isEqualTo(9);
        assertThat(kernel.answeredId(128)).isEqualTo(7);
        assertThat(memory.get(ValueLayout.JAVA_BYTE, RING + 8)).isZero();
        assertThat(memory.get(ValueLayout.JAVA_BYTE, RING + 128 + 8)).isEqualTo((byte) 2);
        assertThat(memory.get(ValueLayout.JAVA_BYTE, RING + 128 + 16)).isEqualTo((byte) 0x70);
        assertThat(kernel.tail()).isEqualTo(256);
        assertThat(kernel.tail()).isEqualTo(kernel.head());
    }

    @Test
    void paddingAtTheEndIsSkippedByTakingAndByAnswering() throws Exception {
        CommandRing ring = ring();
        for (int round = 0; round < 20; round++) {
            if (RING_LENGTH - kernel.head() < 256) {
                kernel.pad(RING_LENGTH - kernel.head());
            }
            kernel.command(round, TEST_UNIT_READY);
            RingCommand command = require(ring);
            assertThat(command.id()).isEqualTo(round);
            ring.answer(command, 0, NO_SENSE);
            assertThat(kernel.tail()).isEqualTo(kernel.head());
        }
    }

    @Test
    void anEntryOfAnUnknownKindIsMarked() throws Exception {
        CommandRing ring = ring();
        kernel.entry(64, 5);
        kernel.command(3, TEST_UNIT_READY);

        ring.answer(require(ring), 0, NO_SENSE);

        assertThat(memory.get(ValueLayout.JAVA_BYTE, RING + 7)).isEqualTo((byte) 1);
        assertThat(kernel.answeredId(64)).isEqualTo(3);
        assertThat(kernel.tail()).isEqualTo(kernel.head());
    }

    @Test
    void dataInSeveralRangesIsCopiedAndTheRestIsZeroed() throws Exception {
        CommandRing ring = ring();
        memory.asSlice(DATA, 2048).fill((byte) 0xff);
        kernel.command(1, new byte[] {0x12, 0, 0, 0, 100, 0}, DATA, 10, DATA + 1000, 20);
        RingCommand command = require(ring);
        ByteBuffer taken = ByteBuffer.allocate(30);
        command.copyTo(taken);
        assertThat(taken.array()).containsOnly(0xff);

        command.copyFrom(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));

        assertThat(memory.get(ValueLayout.JAVA_BYTE, DATA + 9)).isEqualTo((byte) 10);
        assertThat(memory.get(ValueLayout.JAVA_BYTE, DATA + 10)).isEqualTo((byte) 0xff);
        assertThat(memory.get(ValueLayout.JAVA_BYTE, DATA + 1001)).isEqualTo((byte) 12);
        assertThat(memory.asSlice(DATA + 1002, 18).toArray(ValueLayout.JAVA_BYTE))
                .containsOnly(0);
        assertThat(memory.get(ValueLayout.JAVA_BYTE, DATA + 1020)).isEqualTo((byte) 0xff);
    }

    @Test
    void aNewServerBeginsWhereTheRingWasReset() throws Exception {
        CommandRing first = ring();
        kernel.command(1, TEST_UNIT_READY);
        first.answer(require(first), 0, NO_SENSE);

        CommandRing second = CommandRing.of(memory);

        assertThat(second.next()).isNull();
        kernel.command(2, TEST_UNIT_READY);
        assertThat(require(second).id()).isEqualTo(2);
    }

    @Test
    void aRingWithoutAnyCommandKeepsNobodyBusy() throws Exception {
        CommandRing ring = ring();
        kernel.command(1, TEST_UNIT_READY);
        RingCommand command = require(ring);
        for (int at = 0; at < RING_LENGTH; at += 64) {
            memory.set(ValueLayout.JAVA_INT, (long) RING + at, 64);
        }

        assertThatThrownBy(() -> ring.answer(command, 0, NO_SENSE))
                .isInstanceOf(BrokenRingException.class)
                .hasMessageContaining("no command in a whole round");
        memory.set(ValueLayout.JAVA_INT, 12, 8); // inside an entry: it is never reached
        assertThatThrownBy(ring::next).hasMessageContaining("no command in a whole round");
    }

    @Test
    void aCommandCannotHaveMoreDataThanCanBeCounted() throws Exception {
        long most = 32 << 20;
        MemorySegment large = Arena.ofAuto().allocate(most, 64);
        KernelRing other = new KernelRing(large);
        CommandRing ring = CommandRing.of(large);
        long[] ranges = new long[2 * 33];
        for (int i = 1; i < ranges.length; i += 2) {
            ranges[i] = most;
        }
        other.command(1, TEST_UNIT_READY, ranges);

        assertThatThrownBy(ring::next)
                .isInstanceOf(BrokenRingException.class)
                .hasMessageContaining("more than 1073741824 bytes");
    }

    @Test
    void whatCannotBeTrueBreaksTheRingAndNothingElse() throws Exception {
        CommandRing ring = ring();
        kernel.command(1, TEST_UNIT_READY, 8190, 512);
        assertThatThrownBy(ring::next)
                .isInstanceOf(BrokenRingException.class)
                .hasMessageContaining("512 bytes at 8190");

        memory.set(ValueLayout.JAVA_INT, RING, 2048 | 1);
        assertThatThrownBy(ring::next).hasMessageContaining("is 2048 bytes long");

        memory.set(ValueLayout.JAVA_INT, 12, 4000);
        assertThatThrownBy(ring::next).hasMessageContaining("a counter is at 4000");

        memory.set(ValueLayout.JAVA_INT, 8, 1 << 30);
        assertThatThrownBy(() -> CommandRing.of(memory)).hasMessageContaining("8192 bytes");
        memory.set(ValueLayout.JAVA_SHORT, 0, (short) 1);
        assertThatThrownBy(() -> CommandRing.of(memory)).hasMessageContaining("version 1");
    }
}
