using System.Runtime.CompilerServices;
using BpfInteractive.Cells;

namespace BpfInteractive.Scripting;

/// <summary>
/// Owns the BPF objects made while cells run. Variables that are declared again are never collected, and what they held would stay attached: so what a succeeding cell
/// replaces is disposed, and what a failing cell made and nobody holds as well. Thread-safe.
/// </summary>
internal sealed class CellOwnership
{
    private readonly List<BpfScope> _scopes = [];
    private readonly ConditionalWeakTable<IAsyncDisposable, object> _kept = [];

    /// <summary>What is owned now, oldest first, with the name of its cell.</summary>
    internal IReadOnlyList<(string Cell, IAsyncDisposable Resource)> Owned
    {
        get
        {
            lock (_scopes)
            {
                return [.. _scopes.SelectMany(scope => scope.Owned.Select(resource => (scope.Owner, resource)))];
            }
        }
    }

    internal void Add(BpfScope scope)
    {
        lock (_scopes)
        {
            // Scopes that own nothing any more are let go, or a long session would keep one for each of its cells.
            _scopes.RemoveAll(old => old.Owned.Count == 0);
            _scopes.Add(scope);
        }
    }

    /// <summary>Keeps an object until it is disposed by hand, or the session ends.</summary>
    internal void Keep(IAsyncDisposable resource)
    {
        _kept.AddOrUpdate(resource, resource);
        (resource as BpfCellObject)?.Keep();
    }

    private bool IsKept(object resource) => resource is BpfCellObject { IsKept: true } || (resource is IAsyncDisposable owned && _kept.TryGetValue(owned, out _));

    private void Release(IAsyncDisposable resource)
    {
        lock (_scopes)
        {
            foreach (var scope in _scopes)
            {
                scope.Release(resource);
            }
        }
    }

    /// <summary>Disposes what variables held that have been declared again, unless another variable still holds it.</summary>
    internal async Task DisposeReplacedAsync(IReadOnlyList<object> replaced, CellVariables variables)
    {
        if (replaced.Count == 0)
        {
            return;
        }

        var owned = Owned.Select(entry => entry.Resource).ToHashSet(ReferenceEqualityComparer.Instance);
        var held = Held(variables);
        foreach (var resource in replaced.OfType<IAsyncDisposable>().Where(value => owned.Contains(value) && !held.Contains(value) && !IsKept(value)))
        {
            await resource.DisposeAsync().ConfigureAwait(false);
            Release(resource);
        }
    }

    /// <summary>Disposes what a failed cell made, unless an older variable holds it now.</summary>
    internal async Task DisposeFailedAsync(BpfScope scope, CellVariables variables)
    {
        if (scope.Owned.Count == 0)
        {
            return;
        }

        var held = Held(variables);

        // What an object made belongs to that object: as long as one of the cell's objects is held, all that it may lean on stays.
        if (scope.Owned.Any(resource => held.Contains(resource) || IsKept(resource)))
        {
            return;
        }

        await scope.DisposeOwnedAsync().ConfigureAwait(false);
    }

    /// <summary>Disposes everything that is owned, youngest cell first.</summary>
    internal async Task DisposeAllAsync()
    {
        List<BpfScope> scopes;
        lock (_scopes)
        {
            scopes = [.. _scopes];
            _scopes.Clear();
        }

        foreach (var scope in Enumerable.Reverse(scopes))
        {
            await scope.DisposeOwnedAsync().ConfigureAwait(false);
        }
    }

    private static HashSet<object> Held(CellVariables variables) =>
        variables.All.Select(variable => variable.Value).OfType<object>().ToHashSet<object>(ReferenceEqualityComparer.Instance);
}
