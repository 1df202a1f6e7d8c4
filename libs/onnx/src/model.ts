import { create } from '@bufbuild/protobuf';
import { OctetError } from '@octet/domain';
import {
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  type TensorProto,
} from 'onnx-buf';
import { externalRange, readExternal, readExternalPieces } from './external-data.js';
import { isExternal, type ExternalBytes } from './tensor-bytes.js';

/** A model's protobuf, and the folder where its external data lie (null when it came as bytes or was made here). */
export class Model implements ExternalBytes {
  readonly proto: ModelProto;
  readonly baseDir: string | null;

  constructor(proto: ModelProto, baseDir: string | null) {
    this.proto = proto;
    this.baseDir = baseDir;
  }

  get graph(): GraphProto {
    const graph = this.proto.graph;
    if (graph !== undefined) return graph;
    throw new OctetError('model-not-onnx', 'The model has no graph. Export it again.');
  }

  /** Version of an operator set; null if the model does not import it. '' and 'ai.onnx' are one domain. */
  opset(domain = ''): number | null {
    const wanted = plainDomain(domain);
    const entry = this.proto.opsetImport.find((opset) => plainDomain(opset.domain) === wanted);
    return entry === undefined ? null : Number(entry.version);
  }

  /** Bytes of an external tensor, read now and not kept. Errors: those of `externalRange`. */
  externalBytes(tensor: TensorProto): Uint8Array<ArrayBuffer> {
    return readExternal(externalRange(tensor, this.baseDir));
  }

  /** The same in pieces of at most `pieceBytes`, one in memory at a time. */
  externalPieces(tensor: TensorProto, pieceBytes: number): Iterable<Uint8Array<ArrayBuffer>> {
    return readExternalPieces(externalRange(tensor, this.baseDir), pieceBytes);
  }

  hasExternalData(): boolean {
    return this.graph.initializer.some(isExternal);
  }
}

/** '' and 'ai.onnx' name the same operator set. */
export function plainDomain(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain;
}

function copyNode(node: NodeProto): NodeProto {
  const copy = Object.assign(create(NodeProtoSchema), node);
  copy.input = [...node.input];
  copy.output = [...node.output];
  copy.attribute = [...node.attribute];
  return copy;
}

function copyGraph(graph: GraphProto): GraphProto {
  const copy = Object.assign(create(GraphProtoSchema), graph);
  copy.node = graph.node.map(copyNode);
  copy.initializer = [...graph.initializer];
  copy.input = [...graph.input];
  copy.output = [...graph.output];
  copy.valueInfo = [...graph.valueInfo];
  return copy;
}

/**
 * A model whose graph can be edited without touching the first: nodes and lists are copied; tensors, attributes and value
 * infos are shared, so replace those, never write into them.
 */
export function copyModel(model: Model): Model {
  const proto = Object.assign(create(ModelProtoSchema), model.proto);
  proto.graph = copyGraph(model.graph);
  // A spread would lose the fields at their defaults: they live on the prototype (domain '' of most models).
  proto.opsetImport = model.proto.opsetImport.map((entry) => Object.assign(create(OperatorSetIdProtoSchema), entry));
  return new Model(proto, model.baseDir);
}
