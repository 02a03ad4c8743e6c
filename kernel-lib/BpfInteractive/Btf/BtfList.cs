using System.Collections;
using System.ComponentModel;

namespace BpfInteractive;

/// <summary>What a <see cref="BtfList{T}"/> is made of; implemented by members, enum values, parameters and section variables.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public interface IBtfEntry<TSelf>
    where TSelf : struct, IBtfEntry<TSelf>
{
    /// <summary>The entry at an index that is known to exist.</summary>
    static abstract TSelf Of(BtfType owner, int index);
}

/// <summary>The members, values, parameters or variables of one type, read from its record as they are asked for; enumerates without allocation.</summary>
public readonly struct BtfList<T> : IReadOnlyList<T>, IEquatable<BtfList<T>>
    where T : struct, IBtfEntry<T>
{
    private readonly BtfType _owner;

    internal BtfList(BtfType owner, int count)
    {
        _owner = owner;
        Count = count;
    }

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>The one at an index.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer.</exception>
    public T this[int index] => (uint)index < (uint)Count ? T.Of(_owner, index) : throw new ArgumentOutOfRangeException(nameof(index));

    /// <summary>Starts an enumeration.</summary>
    public Enumerator GetEnumerator() => new(this);

    IEnumerator<T> IEnumerable<T>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(BtfList<T> other) => _owner == other._owner && Count == other.Count;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BtfList<T> other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_owner, Count);

    /// <summary>Whether both are of the same type.</summary>
    public static bool operator ==(BtfList<T> left, BtfList<T> right) => left.Equals(right);

    /// <summary>Whether they are of different types.</summary>
    public static bool operator !=(BtfList<T> left, BtfList<T> right) => !left.Equals(right);

    /// <summary>Walks a <see cref="BtfList{T}"/>.</summary>
    public struct Enumerator : IEnumerator<T>
    {
        private readonly BtfList<T> _list;
        private int _index;

        internal Enumerator(BtfList<T> list)
        {
            _list = list;
            _index = -1;
        }

        /// <inheritdoc/>
        public readonly T Current => T.Of(_list._owner, _index);

        readonly object IEnumerator.Current => Current;

        /// <inheritdoc/>
        public bool MoveNext() => ++_index < _list.Count;

        /// <inheritdoc/>
        public void Reset() => _index = -1;

        /// <inheritdoc/>
        public readonly void Dispose()
        {
        }
    }
}
